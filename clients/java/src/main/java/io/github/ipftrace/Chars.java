package io.github.ipftrace;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Texts of kernels and files, made fit for people. */
final class Chars {
  private static final Pattern CONTROL = Pattern.compile("[\\u0000-\\u001f\\u007f-\\u009f]");

  private Chars() {}

  /** Control characters, which could move the cursor or fake a line, become \xNN. */
  static String printable(String text) {
    return CONTROL
        .matcher(text)
        .replaceAll(found -> String.format("\\\\x%02x", (int) found.group().charAt(0)));
  }

  /** A text of the kernel ends at its first NUL, whatever the array behind it holds. */
  static String kernelText(byte[] value) {
    var end = 0;
    while (end < value.length && value[end] != 0) end++;
    return new String(value, 0, end, StandardCharsets.UTF_8);
  }
}
