@echo off
rem Runs Dagrad from its sources. Needs a JDK of version 25 or newer in DAGRAD_JAVA_HOME or JAVA_HOME, or on PATH.
rem Builds once; after a change of the sources: mvnw -Dquick -DskipTests -pl cli -am package
setlocal
set "root=%~dp0"
set "dist=%root%cli\target\dist"
if defined DAGRAD_JAVA_HOME set "JAVA_HOME=%DAGRAD_JAVA_HOME%"
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
"%java%" --version 2>nul | findstr /r /c:"^[a-z]* 2[5-9]" /c:"^[a-z]* [3-9][0-9]" >nul
if errorlevel 1 (
    echo dagrad: needs a JDK of version 25 or newer: install one ^(https://adoptium.net^) or set DAGRAD_JAVA_HOME to it 1>&2
    exit /b 1
)
if not exist "%dist%\built" (
    echo dagrad: building ... 1>&2
    pushd "%root%"
    call mvnw.cmd -q -B -ntp -Dquick -Djavac.werror=-nowarn -DskipTests -pl cli -am package 1>&2
    if errorlevel 1 (
        popd
        echo dagrad: the build failed; mvnw verify tells more 1>&2
        exit /b 1
    )
    popd
    type nul >"%dist%\built"
)
"%java%" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:MaxRAMPercentage=75 -XX:+UseCMoveUnconditionally -XX:+UseVectorCmov -Xlog:disable %DAGRAD_JAVA_OPTS% -cp "%dist%\lib\*" dagrad.cli.Main %*
exit /b %errorlevel%
