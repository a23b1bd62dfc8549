-- title:        The physician's work on one multileaf collimator is billed under one code
-- fault:        Work on one multileaf collimator is billed under two codes
-- requirements: DEV-3, UTIL-4
-- cites:        77332-77334, paragraph 3, sentence 3
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     itself, multileaf_devices
-- consequence:  review
-- remedy:       Withdraw one of the two, or show that the devices serve something other than the multileaf collimator.
-- asks:         device_record

with

multileaf as (

    select
        coded_lines.course_id,
        min(coded_lines.procedure_code) as procedure_code,
        min(coded_lines.service_date) as billed_on
    from coded_lines
    where
        coded_lines.code_list = 'multileaf_devices'
        and coded_lines.bills_professional_part
    group by coded_lines.course_id

)

select
    coded_lines.claim_line_id as subject_id,
    case
        when documented_units.units_documented >= coded_lines.units then 'met'
        when multileaf.course_id is not null then 'not_met'
        when multileaf.course_id is null then 'met'
    end as outcome,
    concat(
        coded_lines.units, case when coded_lines.units = 1 then ' device unit' else ' device units' end,
        ' of the physician on ', coded_lines.service_date, '; ',
        case
            when documented_units.units_documented >= coded_lines.units
                then 'the record of the device names another modality'
            when multileaf.course_id is not null
                then concat(
                    multileaf.procedure_code, ', billed on ', multileaf.billed_on,
                    ', is for the multileaf collimator of the same course'
                )
            else 'no other code claims the multileaf collimator of the course'
        end
    ) as because
from coded_lines
inner join documented_units
    on
        coded_lines.claim_line_id = documented_units.claim_line_id
        and documented_units.purpose = 'other_modality'
left join multileaf on coded_lines.course_id = multileaf.course_id
where
    coded_lines.code_list = 'treatment_device'
    and not coded_lines.is_distinct_service
    and coded_lines.is_professional_component
    and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)
