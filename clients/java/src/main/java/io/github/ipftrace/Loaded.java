package io.github.ipftrace;

import java.util.List;

/**
 * What a file says.
 *
 * @param <T> Manifest or Module
 * @param message for a request
 * @param warnings what the file's author probably did not mean, as {@code path:line:column: what}
 */
public record Loaded<T>(T message, List<String> warnings) {}
