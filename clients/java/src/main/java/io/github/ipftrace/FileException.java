package io.github.ipftrace;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Everything that makes a manifest or a module unusable. Its message is a line for each problem:
 * {@code path:line:column: what}.
 */
public final class FileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Most problems that one message lists. */
  private static final int MAX_SHOWN = 20;

  private final transient List<FileProblem> problems;

  FileException(String path, List<FileProblem> problems) {
    super(text(path, problems));
    this.problems = List.copyOf(problems);
  }

  /** In the order of the file. */
  public List<FileProblem> problems() {
    return problems;
  }

  private static String text(String path, List<FileProblem> problems) {
    var lines =
        problems.stream()
            .limit(MAX_SHOWN)
            .map(problem -> problem.in(path))
            .collect(Collectors.joining("\n"));
    return problems.size() <= MAX_SHOWN
        ? lines
        : lines + "\nand " + (problems.size() - MAX_SHOWN) + " more";
  }
}
