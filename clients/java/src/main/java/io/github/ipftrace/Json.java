package io.github.ipftrace;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.protobuf.Descriptors.EnumDescriptor;
import java.util.LinkedHashMap;
import java.util.Map;

/** JSON in the form of clients/conformance/README.md. */
final class Json {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private Json() {}

  /** An object of keys and values in turn; keys whose value is null are left out. */
  static Map<String, Object> object(Object... keysAndValues) {
    Map<String, Object> made = new LinkedHashMap<>();
    for (var index = 0; index < keysAndValues.length; index += 2) {
      if (keysAndValues[index + 1] != null)
        made.put((String) keysAndValues[index], keysAndValues[index + 1]);
    }
    return made;
  }

  static String line(Map<String, Object> object) {
    return GSON.toJson(object);
  }

  /** Numbers of 64 bits are texts in JSON, as in that of protobuf. */
  static String decimal(long number) {
    return Long.toUnsignedString(number);
  }

  static long number(int number) {
    return Integer.toUnsignedLong(number);
  }

  /**
   * The name of an enum value without its enum's prefix; of one that this version does not know its
   * number.
   */
  static String shortName(EnumDescriptor type, int value, String prefix) {
    var known = type.findValueByNumber(value);
    return known == null ? Integer.toString(value) : known.getName().substring(prefix.length());
  }
}
