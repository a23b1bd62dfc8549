-- title:        One unit of treatment management stands for five fractions
-- fault:        More weeks of management are billed than the fractions allow
-- requirements: MGMT-1
-- cites:        77427, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  reduce
-- remedy:       Send the treatment records that show the fractions delivered.

with

week as (

    select
        max(case when readings.name = 'fractions_per_management_unit' then readings.number end) as fractions,
        max(case when readings.name = 'management_remainder_fractions' then readings.number end) as remainder
    from readings

),

earned as (

    select
        course_fractions.course_id,
        course_fractions.recorded_fractions,
        course_fractions.billed_fractions,
        cast(
            floor(course_fractions.fractions / week.fractions)
            + case when course_fractions.fractions % week.fractions >= week.remainder then 1 else 0 end as bigint
        ) as units_shown,
        cast(
            floor(greatest(course_fractions.recorded_fractions, course_fractions.billed_fractions) / week.fractions)
            + case
                when
                    greatest(course_fractions.recorded_fractions, course_fractions.billed_fractions) % week.fractions
                    >= week.remainder
                    then 1
                else 0
            end as bigint
        ) as units_at_most
    from course_fractions
    cross join week
    where course_fractions.recorded_fractions + course_fractions.billed_fractions > 0

),

summed as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.units,
        sum(coded_lines.units) over (
            partition by coded_lines.course_id
            order by coded_lines.service_date, coded_lines.claim_line_id
        ) as units_so_far
    from coded_lines
    where
        coded_lines.code_list = 'weekly_management'
        and not coded_lines.is_professional_component
        and not coded_lines.is_technical_component

),

judged as (

    select
        summed.claim_line_id,
        summed.service_date,
        summed.units,
        cast(summed.units_so_far as bigint) as units_so_far,
        earned.recorded_fractions,
        earned.billed_fractions,
        greatest(0, least(summed.units, earned.units_shown - summed.units_so_far + summed.units)) as room_shown,
        greatest(0, least(summed.units, earned.units_at_most - summed.units_so_far + summed.units)) as room_at_most
    from summed
    left join earned on summed.course_id = earned.course_id

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.recorded_fractions is null then 'not_documented'
        when judged.room_at_most < judged.units then 'not_met'
        -- Records that show less than was billed may be incomplete: they are asked for, not held against the line.
        when judged.room_shown < judged.units then 'not_documented'
        else 'met'
    end as outcome,
    concat(
        judged.units_so_far, ' units of management in the course up to ', judged.service_date,
        '; fractions delivered: ',
        case
            when judged.recorded_fractions is null then 'none shown'
            else concat(judged.recorded_fractions, ' recorded, ', judged.billed_fractions, ' billed')
        end
    ) as because,
    case when judged.recorded_fractions is null then judged.units else judged.room_at_most end as units_allowed
from judged
