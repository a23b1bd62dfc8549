-- title:        Units of a line, or of a day, stay within the limit that the user loaded
-- fault:        More units are billed than the limit allows
-- requirements: UTIL-2
-- cites:        utilization, paragraph 2, sentence 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, unit_limits
-- rests_on:     none
-- consequence:  reduce
-- remedy:       Correct the units; state on the claim whether an office or a hospital bills, where it does not.
-- carc:         151

with

rooms as (

    select
        limited_lines.claim_line_id,
        limited_lines.procedure_code,
        limited_lines.service_date,
        limited_lines.units,
        limited_lines.units_so_far,
        limited_lines.unit_limit,
        limited_lines.adjudication,
        limited_lines.is_open,
        case
            when limited_lines.adjudication = 1 then least(limited_lines.units, limited_lines.unit_limit)
            else greatest(
                0,
                least(limited_lines.units, limited_lines.unit_limit - limited_lines.units_so_far + limited_lines.units)
            )
        end as units_allowed
    from limited_lines
    where limited_lines.adjudication in (1, 2)

)

select
    rooms.claim_line_id as subject_id,
    case
        when rooms.units_allowed < rooms.units and rooms.is_open then 'not_documented'
        when rooms.units_allowed < rooms.units then 'not_met'
        when rooms.units_allowed >= rooms.units then 'met'
    end as outcome,
    concat(
        case
            when rooms.adjudication = 1 then concat(rooms.units, ' units of ', rooms.procedure_code, ' on this line')
            else concat(rooms.units_so_far, ' units of ', rooms.procedure_code, ' of this provider so far')
        end,
        ' on ', rooms.service_date, '; the limit of ',
        case when rooms.adjudication = 1 then 'a line' else 'a day' end, ' is ', rooms.unit_limit,
        case
            when rooms.units_allowed < rooms.units and rooms.is_open
                then '; the claim does not state its setting, which decides whether that limit counts'
            else ''
        end
    ) as because,
    rooms.units_allowed
from rooms
