package io.github.ipftrace;

import java.util.List;
import java.util.regex.Pattern;

/** Finds the packet among a function's arguments, as C declares them. */
final class SkbArguments {
  private static final Pattern NAMED_SKB = Pattern.compile("\\bskb\\s*$");
  private static final Pattern SKB_POINTER = Pattern.compile("\\bstruct\\s+sk_buff\\s*\\*");
  private static final Pattern POINTER_TO_POINTER = Pattern.compile("\\*\\s*(?:const\\s*)?\\*");

  private SkbArguments() {}

  /** The declaration that is called skb, else the first struct sk_buff *; from 1, 0 for none. */
  static int position(List<String> declarations) {
    for (var wanted : List.of(NAMED_SKB, SKB_POINTER)) {
      for (var index = 0; index < declarations.size(); index++) {
        var declaration = declarations.get(index);
        if (wanted.matcher(declaration).find() && !POINTER_TO_POINTER.matcher(declaration).find())
          return index + 1;
      }
    }
    return 0;
  }
}
