// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/**
 * A look ahead on the stack of the current thread, before steps that must not be broken off.
 *
 * <p>What a task wakes or starts is queued by its own thread, on top of its stack. A task in
 * endless recursion may come to the end of it there; an overflow between two writes to what all
 * workers share would harm them all.
 *
 * <p>The look costs a nanosecond or two, because the VM does it anyway. A compiled method touches
 * the stack as far ahead, as it begins, as the interpreter would need if it had to take over where
 * the compiler has bet against a branch: that is, as far as the method has local variables. Here it
 * has many, all of them in a branch that is never taken. An interpreted method makes its local
 * variables as it begins.
 */
public final class StackRoom {

  private static final int NONE = 0;

  private StackRoom() {}

  /**
   * Makes sure that there is room for 8 KB of calls.
   *
   * @throws StackOverflowError if there is not
   */
  public static void ensure() {
    reserve(NONE);
  }

  /**
   * Has 512 variables of 8 bytes and two slots each, and much code that is never run: too much to
   * be compiled into its caller, which would then overflow as it begins itself, where it cannot
   * catch that.
   */
  @SuppressWarnings("MultiVariableDeclaration")
  private static void reserve(int way) {
    if (way != NONE) {
      // spotless:off
      long w000 = way, w001 = w000, w002 = w001, w003 = w002, w004 = w003, w005 = w004,
          w006 = w005, w007 = w006, w008 = w007, w009 = w008, w010 = w009, w011 = w010,
          w012 = w011, w013 = w012, w014 = w013, w015 = w014, w016 = w015, w017 = w016,
          w018 = w017, w019 = w018, w020 = w019, w021 = w020, w022 = w021, w023 = w022,
          w024 = w023, w025 = w024, w026 = w025, w027 = w026, w028 = w027, w029 = w028,
          w030 = w029, w031 = w030, w032 = w031, w033 = w032, w034 = w033, w035 = w034,
          w036 = w035, w037 = w036, w038 = w037, w039 = w038, w040 = w039, w041 = w040,
          w042 = w041, w043 = w042, w044 = w043, w045 = w044, w046 = w045, w047 = w046,
          w048 = w047, w049 = w048, w050 = w049, w051 = w050, w052 = w051, w053 = w052,
          w054 = w053, w055 = w054, w056 = w055, w057 = w056, w058 = w057, w059 = w058,
          w060 = w059, w061 = w060, w062 = w061, w063 = w062, w064 = w063, w065 = w064,
          w066 = w065, w067 = w066, w068 = w067, w069 = w068, w070 = w069, w071 = w070,
          w072 = w071, w073 = w072, w074 = w073, w075 = w074, w076 = w075, w077 = w076,
          w078 = w077, w079 = w078, w080 = w079, w081 = w080, w082 = w081, w083 = w082,
          w084 = w083, w085 = w084, w086 = w085, w087 = w086, w088 = w087, w089 = w088,
          w090 = w089, w091 = w090, w092 = w091, w093 = w092, w094 = w093, w095 = w094,
          w096 = w095, w097 = w096, w098 = w097, w099 = w098, w100 = w099, w101 = w100,
          w102 = w101, w103 = w102, w104 = w103, w105 = w104, w106 = w105, w107 = w106,
          w108 = w107, w109 = w108, w110 = w109, w111 = w110, w112 = w111, w113 = w112,
          w114 = w113, w115 = w114, w116 = w115, w117 = w116, w118 = w117, w119 = w118,
          w120 = w119, w121 = w120, w122 = w121, w123 = w122, w124 = w123, w125 = w124,
          w126 = w125, w127 = w126, w128 = w127, w129 = w128, w130 = w129, w131 = w130,
          w132 = w131, w133 = w132, w134 = w133, w135 = w134, w136 = w135, w137 = w136,
          w138 = w137, w139 = w138, w140 = w139, w141 = w140, w142 = w141, w143 = w142,
          w144 = w143, w145 = w144, w146 = w145, w147 = w146, w148 = w147, w149 = w148,
          w150 = w149, w151 = w150, w152 = w151, w153 = w152, w154 = w153, w155 = w154,
          w156 = w155, w157 = w156, w158 = w157, w159 = w158, w160 = w159, w161 = w160,
          w162 = w161, w163 = w162, w164 = w163, w165 = w164, w166 = w165, w167 = w166,
          w168 = w167, w169 = w168, w170 = w169, w171 = w170, w172 = w171, w173 = w172,
          w174 = w173, w175 = w174, w176 = w175, w177 = w176, w178 = w177, w179 = w178,
          w180 = w179, w181 = w180, w182 = w181, w183 = w182, w184 = w183, w185 = w184,
          w186 = w185, w187 = w186, w188 = w187, w189 = w188, w190 = w189, w191 = w190,
          w192 = w191, w193 = w192, w194 = w193, w195 = w194, w196 = w195, w197 = w196,
          w198 = w197, w199 = w198, w200 = w199, w201 = w200, w202 = w201, w203 = w202,
          w204 = w203, w205 = w204, w206 = w205, w207 = w206, w208 = w207, w209 = w208,
          w210 = w209, w211 = w210, w212 = w211, w213 = w212, w214 = w213, w215 = w214,
          w216 = w215, w217 = w216, w218 = w217, w219 = w218, w220 = w219, w221 = w220,
          w222 = w221, w223 = w222, w224 = w223, w225 = w224, w226 = w225, w227 = w226,
          w228 = w227, w229 = w228, w230 = w229, w231 = w230, w232 = w231, w233 = w232,
          w234 = w233, w235 = w234, w236 = w235, w237 = w236, w238 = w237, w239 = w238,
          w240 = w239, w241 = w240, w242 = w241, w243 = w242, w244 = w243, w245 = w244,
          w246 = w245, w247 = w246, w248 = w247, w249 = w248, w250 = w249, w251 = w250,
          w252 = w251, w253 = w252, w254 = w253, w255 = w254, w256 = w255, w257 = w256,
          w258 = w257, w259 = w258, w260 = w259, w261 = w260, w262 = w261, w263 = w262,
          w264 = w263, w265 = w264, w266 = w265, w267 = w266, w268 = w267, w269 = w268,
          w270 = w269, w271 = w270, w272 = w271, w273 = w272, w274 = w273, w275 = w274,
          w276 = w275, w277 = w276, w278 = w277, w279 = w278, w280 = w279, w281 = w280,
          w282 = w281, w283 = w282, w284 = w283, w285 = w284, w286 = w285, w287 = w286,
          w288 = w287, w289 = w288, w290 = w289, w291 = w290, w292 = w291, w293 = w292,
          w294 = w293, w295 = w294, w296 = w295, w297 = w296, w298 = w297, w299 = w298,
          w300 = w299, w301 = w300, w302 = w301, w303 = w302, w304 = w303, w305 = w304,
          w306 = w305, w307 = w306, w308 = w307, w309 = w308, w310 = w309, w311 = w310,
          w312 = w311, w313 = w312, w314 = w313, w315 = w314, w316 = w315, w317 = w316,
          w318 = w317, w319 = w318, w320 = w319, w321 = w320, w322 = w321, w323 = w322,
          w324 = w323, w325 = w324, w326 = w325, w327 = w326, w328 = w327, w329 = w328,
          w330 = w329, w331 = w330, w332 = w331, w333 = w332, w334 = w333, w335 = w334,
          w336 = w335, w337 = w336, w338 = w337, w339 = w338, w340 = w339, w341 = w340,
          w342 = w341, w343 = w342, w344 = w343, w345 = w344, w346 = w345, w347 = w346,
          w348 = w347, w349 = w348, w350 = w349, w351 = w350, w352 = w351, w353 = w352,
          w354 = w353, w355 = w354, w356 = w355, w357 = w356, w358 = w357, w359 = w358,
          w360 = w359, w361 = w360, w362 = w361, w363 = w362, w364 = w363, w365 = w364,
          w366 = w365, w367 = w366, w368 = w367, w369 = w368, w370 = w369, w371 = w370,
          w372 = w371, w373 = w372, w374 = w373, w375 = w374, w376 = w375, w377 = w376,
          w378 = w377, w379 = w378, w380 = w379, w381 = w380, w382 = w381, w383 = w382,
          w384 = w383, w385 = w384, w386 = w385, w387 = w386, w388 = w387, w389 = w388,
          w390 = w389, w391 = w390, w392 = w391, w393 = w392, w394 = w393, w395 = w394,
          w396 = w395, w397 = w396, w398 = w397, w399 = w398, w400 = w399, w401 = w400,
          w402 = w401, w403 = w402, w404 = w403, w405 = w404, w406 = w405, w407 = w406,
          w408 = w407, w409 = w408, w410 = w409, w411 = w410, w412 = w411, w413 = w412,
          w414 = w413, w415 = w414, w416 = w415, w417 = w416, w418 = w417, w419 = w418,
          w420 = w419, w421 = w420, w422 = w421, w423 = w422, w424 = w423, w425 = w424,
          w426 = w425, w427 = w426, w428 = w427, w429 = w428, w430 = w429, w431 = w430,
          w432 = w431, w433 = w432, w434 = w433, w435 = w434, w436 = w435, w437 = w436,
          w438 = w437, w439 = w438, w440 = w439, w441 = w440, w442 = w441, w443 = w442,
          w444 = w443, w445 = w444, w446 = w445, w447 = w446, w448 = w447, w449 = w448,
          w450 = w449, w451 = w450, w452 = w451, w453 = w452, w454 = w453, w455 = w454,
          w456 = w455, w457 = w456, w458 = w457, w459 = w458, w460 = w459, w461 = w460,
          w462 = w461, w463 = w462, w464 = w463, w465 = w464, w466 = w465, w467 = w466,
          w468 = w467, w469 = w468, w470 = w469, w471 = w470, w472 = w471, w473 = w472,
          w474 = w473, w475 = w474, w476 = w475, w477 = w476, w478 = w477, w479 = w478,
          w480 = w479, w481 = w480, w482 = w481, w483 = w482, w484 = w483, w485 = w484,
          w486 = w485, w487 = w486, w488 = w487, w489 = w488, w490 = w489, w491 = w490,
          w492 = w491, w493 = w492, w494 = w493, w495 = w494, w496 = w495, w497 = w496,
          w498 = w497, w499 = w498, w500 = w499, w501 = w500, w502 = w501, w503 = w502,
          w504 = w503, w505 = w504, w506 = w505, w507 = w506, w508 = w507, w509 = w508,
          w510 = w509, w511 = w510;
      // spotless:on
      throw new AssertionError(w511);
    }
  }
}
