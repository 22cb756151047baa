// SPDX-License-Identifier: Apache-2.0
module holdfast.dev/bench/peers/go

go 1.19
