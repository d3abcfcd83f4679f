# Copies the charts' libraries into OUT by `npm ci` with the lock file of SOURCE. Where that cannot
# be, they are left empty with a message: the page then has every table and no chart.
#   cmake -D SOURCE=reports/web -D WORK=dir -D OUT=dir -D NPM=npm -P chart_libraries.cmake
file(MAKE_DIRECTORY "${WORK}" "${OUT}")
file(COPY "${SOURCE}/package.json" "${SOURCE}/package-lock.json" DESTINATION "${WORK}")
set(status "npm was not found")
if(NPM)
  execute_process(COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
    WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE errors)
endif()
foreach(library vega vega-lite vega-embed)
  set(from "${WORK}/node_modules/${library}/build/${library}.min.js")
  if(status EQUAL 0 AND EXISTS "${from}")
    file(READ "${from}" text)
    # The map of the minified source is not shipped; its name would only make browsers look for it.
    string(REGEX REPLACE "\n//# sourceMappingURL=[^\n]*\n?$" "\n" text "${text}")
    file(WRITE "${OUT}/${library}.min.js" "${text}")
  else()
    file(WRITE "${OUT}/${library}.min.js" "")
    set(missing TRUE)
  endif()
endforeach()
if(missing)
  message(WARNING "contend report will have no charts: npm could not install Vega (${status})\n${errors}")
endif()
