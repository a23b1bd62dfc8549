-- title:        A procedure code is in force on the date of service
-- fault:        The procedure code is not in force on the date of service
-- requirements: UTIL-1
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  deny
-- remedy:       Bill the code that is in force on the date of service; of a line of several days, the days of each code apart.
-- carc:         181
-- rarc:         N56

with

-- Judged once a code and days, then carried to the lines: claims hold far fewer of these than lines.
billed_days as (

    select distinct
        lines_with_components.procedure_code,
        lines_with_components.service_date,
        coalesce(lines_with_components.last_service_date, lines_with_components.service_date) as last_service
    from lines_with_components
    where
        lines_with_components.service_date >= (
            select cast(readings.meaning as date) from readings where readings.name = 'code_lists_begin'
        )

),

judged_days as (

    select
        billed_days.procedure_code,
        billed_days.service_date,
        billed_days.last_service,
        max(
            case
                when
                    billed_days.service_date >= codes.valid_from
                    and billed_days.last_service <= codes.valid_to
                    then 1
                else 0
            end
        ) as is_in_force,
        max(
            case
                when
                    billed_days.service_date <= codes.valid_to
                    and billed_days.last_service >= codes.valid_from
                    then 1
                else 0
            end
        ) as is_in_force_on_some,
        min(codes.valid_from) as first_day,
        max(codes.valid_to) as last_day
    from billed_days
    inner join codes on billed_days.procedure_code = codes.code
    group by billed_days.procedure_code, billed_days.service_date, billed_days.last_service

)

select
    lines_with_components.claim_line_id as subject_id,
    case
        when judged_days.is_in_force = 1 then 'met'
        when judged_days.is_in_force_on_some = 1 then 'not_documented'
        when judged_days.is_in_force_on_some = 0 then 'not_met'
    end as outcome,
    case
        when judged_days.is_in_force = 1 then 'the code was in force'
        when judged_days.is_in_force_on_some = 1
            then concat(
                'the line is for ', judged_days.service_date, ' through ', judged_days.last_service,
                case
                    when judged_days.last_service > judged_days.last_day
                        then concat(', and the last day of the code was ', judged_days.last_day)
                    when judged_days.service_date < judged_days.first_day
                        then concat(', and the first day of the code was ', judged_days.first_day)
                    else ', on some of which the code was not in force'
                end
            )
        when lines_with_components.service_date > judged_days.last_day
            then concat('the last day of the code was ', judged_days.last_day)
        when lines_with_components.service_date < judged_days.first_day
            then concat('the first day of the code was ', judged_days.first_day)
        else 'the code was not in force'
    end as because
from lines_with_components
inner join judged_days
    on
        lines_with_components.procedure_code = judged_days.procedure_code
        and lines_with_components.service_date = judged_days.service_date
        and coalesce(lines_with_components.last_service_date, lines_with_components.service_date)
        = judged_days.last_service
