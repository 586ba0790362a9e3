# SPDX-License-Identifier: Apache-2.0
add_library(kepud_flags INTERFACE)
target_compile_definitions(kepud_flags INTERFACE _GNU_SOURCE)
target_compile_options(kepud_flags INTERFACE
  -Wall -Wextra -Werror
  -Wconversion            # a lost bit in an offset is a lost event
  -Wformat=2              # format strings are literals
  -Wshadow
  -Wmissing-prototypes -Wstrict-prototypes
  -Wvla
  -Wpointer-arith
  -Wundef
  -Wwrite-strings
  -UNDEBUG                # asserts guard our own logic in a release too
  -fno-omit-frame-pointer
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(KEPUD_SANITIZE)
  target_compile_options(kepud_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(kepud_flags INTERFACE -fsanitize=address,undefined)
endif()
if(KEPUD_HARDEN)
  target_compile_options(kepud_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
    -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(kepud_flags INTERFACE -fcf-protection=full)
  endif()
  target_link_options(kepud_flags INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
