package io.github.ipftrace;

import java.util.ArrayList;
import java.util.List;

/**
 * A table in the layout of Python's tabulate(..., tablefmt="plain"), which the original tool
 * printed: a column is as wide as its longest cell and at least two wider than its header, two
 * blanks between columns, no blanks at the end of a line.
 */
final class Columns {
  /** tabulate's MIN_PADDING. */
  private static final int HEADER_PADDING = 2;

  private static final String SEPARATOR = "  ";

  private Columns() {}

  /** The headers, then the rows, as lines; the first column is aligned to the right. */
  static List<String> layOut(List<String> headers, List<List<String>> rows) {
    var widths = new int[headers.size()];
    for (var column = 0; column < widths.length; column++) {
      widths[column] = length(headers.get(column)) + HEADER_PADDING;
      for (var row : rows) widths[column] = Math.max(widths[column], length(row.get(column)));
    }
    List<String> lines = new ArrayList<>(rows.size() + 1);
    lines.add(line(headers, widths));
    for (var row : rows) lines.add(line(row, widths));
    return lines;
  }

  private static String line(List<String> cells, int[] widths) {
    List<String> padded = new ArrayList<>(cells.size());
    for (var column = 0; column < widths.length; column++) {
      var cell = cells.get(column);
      var blanks = " ".repeat(widths[column] - length(cell));
      padded.add(column == 0 ? blanks + cell : cell + blanks);
    }
    var line = String.join(SEPARATOR, padded);
    var end = line.length();
    while (end > 0 && line.charAt(end - 1) == ' ') end--;
    return line.substring(0, end);
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
