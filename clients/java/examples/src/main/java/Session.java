import io.github.ipftrace.IpftraceClient;
import io.github.ipftrace.TlsFiles;
import io.github.ipftrace.v1.SessionAttachment;
import io.github.ipftrace.v1.TraceRequest;
import java.nio.file.Path;

/**
 * Reads a session from its oldest journey on and prints each event as a line of JSON. It goes on
 * where it was when the connection breaks, and ends with the session. Arguments: {@code ADDRESS
 * NAME [AUTHORITY CERTIFICATE KEY]}.
 */
final class Session {
  private Session() {}

  public static void main(String[] words) {
    var session = SessionAttachment.newBuilder().setSessionName(words[1]).setOldest(true);
    var request = TraceRequest.newBuilder().setSession(session).build();
    try (var client = connect(words);
        var trace = client.trace(request)) {
      for (var event : trace) System.out.println(event.json());
    }
  }

  private static IpftraceClient connect(String[] words) {
    if (words.length < 5) return IpftraceClient.connect(words[0]);
    var files = new TlsFiles(Path.of(words[2]), Path.of(words[3]), Path.of(words[4]));
    return IpftraceClient.connect(words[0], files);
  }
}
