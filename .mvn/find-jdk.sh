#!/bin/sh
# Prints the home of a JDK of version 25 or newer, or fails without a word.
# A JDK's file `release` tells its version, so that no JVM is started to ask.

wanted=25

is_wanted() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    while IFS='=' read -r key value; do
        if [ "$key" = JAVA_VERSION ]; then
            value=${value#\"}
            major=${value%%[!0-9]*}
            [ "${major:-0}" -ge "$wanted" ]
            return
        fi
    done <"$1/release"
    return 1
}

try() {
    if [ -n "$1" ] && is_wanted "$1"; then
        printf '%s\n' "$1"
        exit 0
    fi
}

try "${DAGRAD_JAVA_HOME-}"
try "${JAVA_HOME-}"

if on_path=$(command -v java) && on_path=$(readlink -f "$on_path" 2>/dev/null); then
    try "${on_path%/bin/java}"
fi

for home in \
    /usr/lib/jvm/* \
    /opt/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME-}"/.sdkman/candidates/java/* \
    "${HOME-}"/.jdks/*; do
    try "$home"
done

exit 1
