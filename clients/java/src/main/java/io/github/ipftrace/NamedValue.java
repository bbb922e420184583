package io.github.ipftrace;

import io.github.ipftrace.v1.CustomField;
import io.github.ipftrace.v1.CustomKind;
import io.github.ipftrace.v1.CustomName;
import io.github.ipftrace.v1.CustomValue;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One value that a module collected at one hop, with its field.
 *
 * @param message the value; {@code long}s of it are unsigned but for CUSTOM_KIND_SIGNED
 * @param module name of the module, for example {@code gso}
 * @param field its name, kind and unit
 * @param key the field's name; where several fields have that name, preceded by the module's:
 *     {@code gso.len}
 */
public record NamedValue(CustomValue message, String module, CustomField field, String key) {
  /**
   * As ipftrace shows it: {@code 2101}, {@code SKB_GSO_TCPV4|SKB_GSO_DODGY}, {@code 0x1f}; {@code
   * ?} for a form not known.
   */
  public String text() {
    return switch (message.getValueCase()) {
      case UNSIGNED_VALUE -> unsigned(message.getUnsignedValue());
      case SIGNED_VALUE -> Long.toString(message.getSignedValue());
      case BYTES_VALUE -> bytes(message.getBytesValue().toByteArray());
      case VALUE_NOT_SET -> "?";
    };
  }

  /** A {@link Boolean} for CUSTOM_KIND_BOOL, else the text. */
  Object json() {
    if (field.getKind() == CustomKind.CUSTOM_KIND_BOOL && message.hasUnsignedValue())
      return message.getUnsignedValue() != 0;
    return text();
  }

  private String unsigned(long value) {
    return switch (field.getKind()) {
      case CUSTOM_KIND_BOOL -> Boolean.toString(value != 0);
      case CUSTOM_KIND_HEX -> hex(value);
      case CUSTOM_KIND_ENUM ->
          field.getNamesList().stream()
              .filter(name -> name.getValue() == value)
              .map(CustomName::getName)
              .findFirst()
              .orElseGet(() -> Long.toUnsignedString(value));
      case CUSTOM_KIND_FLAGS -> flags(value);
      default -> Long.toUnsignedString(value);
    };
  }

  /** Bits without a name are shown, too, as one number at the end. */
  private String flags(long value) {
    List<String> set = new ArrayList<>();
    var rest = value;
    for (var name : field.getNamesList()) {
      var mask = name.getValue();
      if (mask == 0 || (value & mask) != mask) continue;
      set.add(name.getName());
      rest &= ~mask;
    }
    if (rest != 0) set.add(hex(rest));
    return String.join("|", set);
  }

  private String bytes(byte[] value) {
    return switch (field.getKind()) {
      case CUSTOM_KIND_STRING -> Chars.kernelText(value);
      case CUSTOM_KIND_IP -> Flows.address(value);
      case CUSTOM_KIND_MAC -> HexFormat.ofDelimiter(":").formatHex(value);
      default -> HexFormat.of().formatHex(value);
    };
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
