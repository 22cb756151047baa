// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import org.jspecify.annotations.Nullable;

/**
 * A line by which the JVM of an audit says how far it is.
 *
 * @param begins the scenario that is played next, or null
 * @param result what was found in the one before, or null; a line with neither says that a round
 *     has been played
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Message(@Nullable Scenario begins, @Nullable ScenarioResult result) {

  static final Message ROUND = new Message(null, null);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  String line() throws JsonProcessingException {
    return JSON.writeValueAsString(this);
  }

  static Message read(String line) throws JsonProcessingException {
    return JSON.readValue(line, Message.class);
  }
}
