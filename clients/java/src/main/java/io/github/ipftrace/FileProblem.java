package io.github.ipftrace;

/**
 * Something that is wrong in a file, or probably not meant.
 *
 * @param line from 1
 * @param column from 1
 * @param what what is wrong, and what is accepted
 */
public record FileProblem(int line, int column, String what) {
  String in(String path) {
    return path + ":" + line + ":" + column + ": " + what;
  }
}
