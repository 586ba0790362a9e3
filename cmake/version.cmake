# SPDX-License-Identifier: Apache-2.0
# The commit goes into `kepud --version`; a tarball carries it in the file COMMIT.
set(KEPUD_COMMIT "unknown")
if(EXISTS ${CMAKE_SOURCE_DIR}/COMMIT)
  file(STRINGS ${CMAKE_SOURCE_DIR}/COMMIT KEPUD_COMMIT LIMIT_COUNT 1)
elseif(EXISTS ${CMAKE_SOURCE_DIR}/.git)
  execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} describe --always --dirty --abbrev=12
    OUTPUT_VARIABLE KEPUD_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
configure_file(${CMAKE_SOURCE_DIR}/cmake/build_info.h.in ${CMAKE_BINARY_DIR}/generated/build_info.h @ONLY)
