package io.github.ipftrace;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * The PEM files of a connection by TLS.
 *
 * @param authority the certificates that the server's must come from; null: the system's
 * @param certificate the client's own certificate, which servers ask for; null: none
 * @param key its key; null: none
 * @param serverName the name that the server's certificate must have; empty: the address's host
 */
public record TlsFiles(Path authority, Path certificate, Path key, String serverName) {
  /** A server whose certificate has the name of the address's host. */
  public TlsFiles(Path authority, Path certificate, Path key) {
    this(authority, certificate, key, "");
  }

  ChannelCredentials credentials() {
    var builder = TlsChannelCredentials.newBuilder();
    try {
      if (authority != null) builder.trustManager(authority.toFile());
      if (certificate != null && key != null)
        builder.keyManager(certificate.toFile(), key.toFile());
    } catch (IOException reason) {
      throw new UncheckedIOException(reason);
    }
    return builder.build();
  }
}
