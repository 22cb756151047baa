// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.ErrorProneFlags;
import com.google.errorprone.VisitorState;
import com.google.errorprone.util.ASTHelpers;
import com.sun.tools.javac.code.Type;
import com.sun.tools.javac.code.TypeTag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The types of which nobody makes one for each thread but to use it again: they are dear to make,
 * or hold memory, and one thread at a time may use them.
 */
final class CachedTypes {

  /** The option that adds types to those below. */
  static final String OPTION = "Holdfast:ExpensiveTypes";

  private static final String SHARE = "It is thread-safe: one static constant is enough.";
  private static final String RANDOM =
      "ThreadLocalRandom.current() needs no variable at all, unless the seed matters.";

  // A type, with all that extend it, and what is better than a lease, if anything is.
  private static final ImmutableMap<String, String> KNOWN =
      ImmutableMap.<String, String>builder()
          .put("java.lang.StringBuilder", "")
          .put("java.lang.StringBuffer", "")
          .put("java.io.ByteArrayOutputStream", "")
          .put("java.io.CharArrayWriter", "")
          .put("java.io.StringWriter", "")
          .put("java.nio.Buffer", "")
          .put("java.nio.charset.CharsetDecoder", "")
          .put("java.nio.charset.CharsetEncoder", "")
          .put("java.security.KeyFactory", "")
          .put("java.security.KeyPairGenerator", "")
          .put("java.security.MessageDigest", "")
          .put("java.security.Signature", "")
          .put("java.security.SecureRandom", SHARE)
          .put("java.text.BreakIterator", "")
          .put("java.text.Collator", "")
          .put(
              "java.text.SimpleDateFormat",
              "A java.time.format.DateTimeFormatter is immutable: one static constant is enough.")
          .put("java.text.Format", "")
          .put("java.util.Calendar", "")
          .put("java.util.Random", RANDOM)
          .put("java.util.SplittableRandom", RANDOM)
          .put("java.util.regex.Matcher", "")
          .put("java.util.zip.Deflater", "")
          .put("java.util.zip.Inflater", "")
          .put("javax.crypto.Cipher", "")
          .put("javax.crypto.KeyAgreement", "")
          .put("javax.crypto.KeyGenerator", "")
          .put("javax.crypto.Mac", "")
          .put("javax.crypto.SecretKeyFactory", "")
          .put("javax.script.ScriptEngine", "")
          .put("javax.xml.parsers.DocumentBuilder", "")
          .put("javax.xml.parsers.DocumentBuilderFactory", "")
          .put("javax.xml.parsers.SAXParser", "")
          .put("javax.xml.parsers.SAXParserFactory", "")
          .put("javax.xml.stream.XMLInputFactory", "")
          .put("javax.xml.stream.XMLOutputFactory", "")
          .put("javax.xml.transform.Transformer", "")
          .put("javax.xml.transform.TransformerFactory", "")
          .put("javax.xml.xpath.XPath", "")
          .put("javax.xml.xpath.XPathFactory", "")
          .put("javax.xml.bind.Marshaller", "")
          .put("javax.xml.bind.Unmarshaller", "")
          .put("jakarta.xml.bind.Marshaller", "")
          .put("jakarta.xml.bind.Unmarshaller", "")
          .put("com.esotericsoftware.kryo.Kryo", "")
          .put("com.fasterxml.jackson.core.util.BufferRecycler", "")
          .put("com.fasterxml.jackson.databind.ObjectMapper", SHARE)
          .put("com.google.gson.Gson", SHARE)
          .put("tools.jackson.core.util.BufferRecycler", "")
          .put("tools.jackson.databind.ObjectMapper", SHARE)
          .buildOrThrow();

  // What is looked through: a cache that the collector may empty is one all the same.
  private static final ImmutableList<String> HOLDERS =
      ImmutableList.of("java.lang.ref.SoftReference", "java.lang.ref.WeakReference");

  private final ImmutableList<String> added;

  CachedTypes(ErrorProneFlags flags) {
    added = flags.getListOrEmpty(OPTION);
  }

  /**
   * Returns the type that makes this one worth keeping, or null if it is none of ours.
   *
   * @param type of the value, or of a reference to it
   */
  @Nullable Type cached(@Nullable Type type, VisitorState state) {
    Type bare = type == null ? null : withoutHolder(type, state);
    if (bare instanceof Type.ArrayType array) {
      return isScratch(array) ? bare : null;
    }
    return bare != null && bare.hasTag(TypeTag.CLASS) && isKnown(bare, state) ? bare : null;
  }

  /** Returns what is better for this type than a lease, or an empty string. */
  String advice(Type cached, VisitorState state) {
    // The nearest one counts: a SecureRandom is a Random, too.
    String best = "";
    Type bestType = null;
    for (var each : KNOWN.entrySet()) {
      Type known = state.getTypeFromString(each.getKey());
      if (known != null
          && ASTHelpers.isSubtype(cached, known, state)
          && (bestType == null || ASTHelpers.isSubtype(known, bestType, state))) {
        bestType = known;
        best = each.getValue();
      }
    }
    return best;
  }

  private boolean isKnown(Type type, VisitorState state) {
    return isOneOf(type, KNOWN.keySet().asList(), state) || isOneOf(type, added, state);
  }

  private static boolean isOneOf(Type type, List<String> names, VisitorState state) {
    for (Type each : state.getTypes().closure(type)) {
      if (names.contains(each.tsym.getQualifiedName().toString())) {
        return true;
      }
    }
    return false;
  }

  private static Type withoutHolder(Type type, VisitorState state) {
    return type.getTypeArguments().size() == 1 && isOneOf(type, HOLDERS, state)
        ? type.getTypeArguments().getFirst()
        : type;
  }

  /** Arrays of numbers, and arrays of those. An array of booleans is a set of marks. */
  private static boolean isScratch(Type.ArrayType array) {
    Type element = array.elemtype;
    while (element instanceof Type.ArrayType inner) {
      element = inner.elemtype;
    }
    return element.isPrimitive() && !element.hasTag(TypeTag.BOOLEAN);
  }
}
