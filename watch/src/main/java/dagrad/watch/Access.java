package dagrad.watch;

import io.javalin.http.Context;
import io.javalin.http.ForbiddenResponse;
import io.javalin.http.UnauthorizedResponse;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Who may see the dashboard.
///
/// On the loopback interface, whoever is on this machine. Elsewhere, whoever has the token that was printed: once as the
/// address's `token`, then as a cookie. In both cases a request must name this server by a name that it has, so that no
/// other site's page reaches it under a name of its own (DNS rebinding).
///
/// @param loopback whether only this machine can connect
/// @param token if one is needed
/// @param cookie its name; cookies do not tell ports apart, so each server has its own
/// @param names that this server has, besides addresses
record Access(boolean loopback, Optional<String> token, String cookie, Set<String> names) {
    static final String PARAMETER = "token";
    private static final int TOKEN_BYTES = 24;

    /// A Host header: a name, an address of version 4, or one of version 6 in brackets; perhaps a port.
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-f:.%]+]|[a-z0-9._-]+)(:[0-9]{1,5})?");

    private static final Pattern ADDRESS = Pattern.compile("\\[.*]|[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private static final Pattern LOOPBACK = Pattern.compile("\\[::1]|127(\\.[0-9]{1,3}){3}");

    /// @param host name or address that the server listens on
    /// @param alwaysToken whether a token is needed on the loopback interface, too
    /// @throws WatchException if there is no such host
    static Access to(String host, boolean alwaysToken) {
        try {
            boolean loopback = InetAddress.getByName(host).isLoopbackAddress();
            SecureRandom random = new SecureRandom();
            return new Access(
                    loopback,
                    loopback && !alwaysToken ? Optional.empty() : Optional.of(hex(random, TOKEN_BYTES)),
                    "dagrad_" + hex(random, 4),
                    loopback
                            ? Set.of("localhost")
                            : Set.copyOf(List.of("localhost", host.toLowerCase(Locale.ROOT), ownName())));
        } catch (UnknownHostException e) {
            throw new WatchException(
                    "there is no host " + host + "; say --host with a name or address of this machine", e);
        }
    }

    private static String hex(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// The name of this machine in its network.
    static String ownName() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    /// Lets a request through, or throws what it is answered.
    void check(Context request) {
        String host = Optional.ofNullable(request.header("Host")).orElse("").toLowerCase(Locale.ROOT);
        if (!isOwn(host)) {
            throw new ForbiddenResponse("This server does not go by the name in the address. Use the one it printed.");
        }
        if (token.isPresent() && !isToken(request.queryParam(PARAMETER)) && !isToken(request.cookie(cookie))) {
            throw new UnauthorizedResponse("A token is needed: use the address that dagrad watch printed.");
        }
    }

    boolean isOwn(String host) {
        Matcher parts = HOST.matcher(host);
        if (!parts.matches()) {
            return false;
        }
        String name = parts.group(1);
        return names.contains(name)
                || (loopback ? LOOPBACK : ADDRESS).matcher(name).matches();
    }

    private boolean isToken(@Nullable String given) {
        return given != null
                && MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8),
                        token.orElseThrow().getBytes(StandardCharsets.UTF_8));
    }
}
