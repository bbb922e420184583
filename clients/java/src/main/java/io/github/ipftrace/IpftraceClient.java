package io.github.ipftrace;

import io.github.ipftrace.v1.SessionServiceGrpc;
import io.github.ipftrace.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import io.github.ipftrace.v1.TraceRequest;
import io.github.ipftrace.v1.TraceServiceGrpc;
import io.github.ipftrace.v1.TraceServiceGrpc.TraceServiceBlockingStub;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/**
 * A connection to one ipftraced, which tells which Linux kernel functions each packet went through,
 * when, and why it was dropped if it was. May be used by many threads at the same time.
 *
 * <p>64-bit numbers of the contract are unsigned, which Java does not have: a {@code long} of a
 * message may be negative and then stands for 2<sup>63</sup> and more. {@link
 * Long#toUnsignedString(long)}, {@link Long#compareUnsigned(long, long)} and {@link
 * Long#divideUnsigned(long, long)} read it; sums and differences are right as they are. The same
 * holds for {@code int} and {@link Integer#toUnsignedLong(int)}.
 */
public final class IpftraceClient implements AutoCloseable {
  /** Where ipftraced listens unless it is told otherwise. */
  public static final String DEFAULT_ADDRESS = "unix:/run/ipftrace/ipftraced.sock";

  /** The version of this library and of the contract that it is made from. */
  public static final String VERSION = "0.1.0";

  /**
   * A page of functions, or the dictionary of a large manifest, may exceed the default of 4 MiB.
   */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private static final int KEEPALIVE_SECONDS = 30;
  private static final int KEEPALIVE_TIMEOUT_SECONDS = 10;

  private final ManagedChannel channel;

  private IpftraceClient(ManagedChannel channel) {
    this.channel = channel;
  }

  /**
   * A client of the server at {@code unix:PATH} or {@code HOST:PORT}, without encryption: servers
   * accept that on a unix socket and on loopback only. The connection is made by the first call,
   * which tells why there is none.
   *
   * @throws IllegalArgumentException for anything that is not an address
   */
  public static IpftraceClient connect(String address) {
    return connect(address, InsecureChannelCredentials.create(), "");
  }

  /**
   * A client of the server at {@code HOST:PORT}, by TLS.
   *
   * @throws IllegalArgumentException for anything that is not an address
   * @throws java.io.UncheckedIOException for files that cannot be read
   */
  public static IpftraceClient connect(String address, TlsFiles files) {
    return connect(address, files.credentials(), files.serverName());
  }

  private static IpftraceClient connect(
      String address, ChannelCredentials credentials, String serverName) {
    if (!address.startsWith("unix:") && !address.matches("(?s).+:\\d{1,5}")) {
      throw new IllegalArgumentException(
          "\"" + address + "\" is not an address: give unix:PATH or HOST:PORT");
    }
    var target = address.startsWith("unix:") ? address : "dns:///" + address;
    var builder =
        Grpc.newChannelBuilder(target, credentials)
            .userAgent("ipftrace-java/" + VERSION)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .proxyDetector(server -> null)
            .disableServiceConfigLookUp()
            .intercept(new Deadlines());
    if (address.startsWith("unix:")) builder.overrideAuthority("localhost");
    if (!serverName.isEmpty()) builder.overrideAuthority(serverName);
    return new IpftraceClient(builder.build());
  }

  /** The journeys of all packets through the generic manifest. */
  public Trace trace() {
    return trace(TraceRequest.getDefaultInstance());
  }

  /**
   * A trace, which begins when it is iterated over. Reading a session goes on after a lost
   * connection.
   */
  public Trace trace(TraceRequest request) {
    return trace(request, request.hasSession() ? Reconnect.DEFAULT : Reconnect.NEVER);
  }

  /** A trace, which begins when it is iterated over. */
  public Trace trace(TraceRequest request, Reconnect reconnect) {
    return new Trace(channel, request, reconnect);
  }

  /**
   * The methods of TraceService. Those that answer once get a deadline of ten seconds (130 s where
   * the kernel takes part), unless they have one.
   */
  public TraceServiceBlockingStub traces() {
    return TraceServiceGrpc.newBlockingStub(channel);
  }

  /** The methods of SessionService, with deadlines as those of {@link #traces()}. */
  public SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(channel);
  }

  /** The connection, for stubs of another style. */
  public io.grpc.Channel channel() {
    return channel;
  }

  /** Ends the connection, and all traces of this client. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
