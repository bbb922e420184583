package io.github.ipftrace;

import io.github.ipftrace.v1.Hop;
import java.util.List;

/**
 * One function that a packet went through, with all numbers resolved to names.
 *
 * @param message as the server sent it
 * @param function name of the function; empty when the trace did not tell it
 * @param interfaceName name of the packet's interface in its network namespace; empty when there is
 *     none, or it is not known
 * @param custom what modules collected here; a field that could not be read has no value
 * @param stack call stack, the innermost function first; null where none was asked for
 */
public record JourneyHop(
    Hop message,
    String function,
    String interfaceName,
    List<NamedValue> custom,
    List<String> stack) {}
