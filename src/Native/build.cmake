# What Native.csproj runs: cmake -DLIBRARY=<file to make> -DPROBLEM=<text file for the reason> -P build.cmake
# A failure must reach MSBuild as one sentence, so it goes to PROBLEM; the tools' own output goes to build.log beside the library.
cmake_minimum_required(VERSION 3.18)
get_filename_component(folder ${LIBRARY} DIRECTORY)
file(MAKE_DIRECTORY ${folder})
# Two builds at once (two terminals, two CI steps) would run make in the same folder.
file(LOCK ${folder} DIRECTORY GUARD PROCESS)
file(REMOVE ${PROBLEM})

function(fail sentence)
    file(WRITE ${PROBLEM} "${sentence}")
    message(FATAL_ERROR "${sentence}")
endfunction()

find_program(COMPILER NAMES $ENV{CXX} g++ c++)
find_program(MAKE make)
if(NOT COMPILER OR NOT MAKE)
    fail("libsafetune needs a C++ compiler and make: apt-get install libtorch-dev libopenblas0-pthread cmake g++ make.")
endif()
include(${CMAKE_CURRENT_LIST_DIR}/libtorch.cmake)
find_libtorch()
if(LIBTORCH_MISSING)
    # The library of an earlier libtorch would not load.
    file(REMOVE ${LIBRARY})
    fail("${LIBTORCH_MISSING}")
endif()

cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
set(log ${folder}/build.log)
foreach(step "-S;${CMAKE_CURRENT_LIST_DIR};-B;${folder}/cmake;-G;Unix Makefiles;-DLIBTORCH=${LIBTORCH}" "--build;${folder}/cmake;--parallel;${cores}")
    execute_process(COMMAND ${CMAKE_COMMAND} ${step} RESULT_VARIABLE failed OUTPUT_FILE ${log} ERROR_FILE ${log})
    if(failed)
        fail("libsafetune does not build against ${LIBTORCH_LIB}: see ${log}.")
    endif()
endforeach()
# A new file beside the old one, then renamed: a process that has the old one mapped keeps it.
file(COPY_FILE ${folder}/cmake/libsafetune.so ${LIBRARY}.new)
file(RENAME ${LIBRARY}.new ${LIBRARY})
file(TOUCH ${LIBRARY})
