# SPDX-License-Identifier: Apache-2.0
# kepud_warnings: every file. kepud_hardened: what is shipped, and measured. kepud_flags: what this build is made with.
add_library(kepud_warnings INTERFACE)
target_compile_definitions(kepud_warnings INTERFACE _GNU_SOURCE)
target_compile_options(kepud_warnings INTERFACE
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

add_library(kepud_hardened INTERFACE)
target_link_libraries(kepud_hardened INTERFACE kepud_warnings)
target_compile_options(kepud_hardened INTERFACE
  -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
  -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(kepud_hardened INTERFACE -fcf-protection=full)
endif()
target_link_options(kepud_hardened INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

add_library(kepud_flags INTERFACE)
target_link_libraries(kepud_flags INTERFACE kepud_warnings)
if(KEPUD_SANITIZE)
  target_compile_options(kepud_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(kepud_flags INTERFACE -fsanitize=address,undefined)
endif()
if(KEPUD_HARDEN)
  target_link_libraries(kepud_flags INTERFACE kepud_hardened)
endif()
