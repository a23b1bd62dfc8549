-- title:        Treatment devices are part of the IMRT plan unless they are separate or serve another modality
-- fault:        A treatment device is billed that the IMRT plan includes
-- requirements: DEV-1, DEV-3
-- cites:        77332-77334, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, imrt_plan, brachytherapy_delivery, conventional_delivery, imrt_delivery_if_planned, other_delivery, proton_delivery, special_delivery
-- consequence:  deny
-- remedy:       Bill a separate device as a distinct service with its record, or send the record that names the other modality it serves.
-- asks:         device_record
-- carc:         97
-- rarc:         M15

-- A line billed as a distinct service is judged by its record, a physician's line by the gantry stops of the plan.

with

shown as (

    select
        other_modalities.course_id,
        min(other_modalities.shown_by) as shown_by
    from other_modalities
    group by other_modalities.course_id

),

-- From 2026 one code delivers IMRT and other external beams: the claims cannot show a boost.
ambiguous_delivery as (

    select
        imrt_delivery_lines.course_id,
        min(imrt_delivery_lines.procedure_code) as procedure_code
    from imrt_delivery_lines
    where imrt_delivery_lines.code_list = 'imrt_delivery_if_planned'
    group by imrt_delivery_lines.course_id

),

lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.units,
        documented_units.units_documented,
        documented_units.records,
        cast(sum(coded_lines.units - documented_units.units_documented) over (
            partition by coded_lines.course_id
            order by coded_lines.service_date, coded_lines.claim_line_id
        ) as bigint) as units_without_record
    from coded_lines
    inner join documented_units
        on
            coded_lines.claim_line_id = documented_units.claim_line_id
            and documented_units.purpose = 'other_modality'
    where
        coded_lines.code_list = 'treatment_device'
        and not coded_lines.is_distinct_service
        and not coded_lines.is_professional_component
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

),

judged as (

    select
        lines.*,
        shown.shown_by,
        ambiguous_delivery.procedure_code as ambiguous_code,
        planned_courses.course_id is not null as is_planned,
        cast((
            select readings.number from readings
            where readings.name = 'boost_devices_without_record'
        ) as bigint) as free_units
    from lines
    left join shown on lines.course_id = shown.course_id
    left join ambiguous_delivery on lines.course_id = ambiguous_delivery.course_id
    left join planned_courses on lines.course_id = planned_courses.course_id

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.units_documented >= judged.units then 'met'
        when judged.shown_by is not null and judged.units_without_record <= judged.free_units then 'met'
        when judged.shown_by is not null or judged.ambiguous_code is not null then 'not_documented'
        when judged.units_documented > 0 or judged.records > 0 then 'not_documented'
        when judged.is_planned then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        judged.units, case when judged.units = 1 then ' treatment device' else ' treatment devices' end, ' on ',
        judged.service_date, ' in a course of IMRT, billed neither as a distinct service nor as the physician''s part',
        '; another modality: ',
        case
            when judged.records > 0
                then concat('named by the record of ', judged.units_documented, ' of them')
            when judged.shown_by is not null then judged.shown_by
            when judged.ambiguous_code is not null
                then concat('code ', judged.ambiguous_code, ' does not distinguish a boost from IMRT')
            else 'none shown'
        end,
        case
            when
                judged.records > 0
                or judged.shown_by is null
                or judged.units_without_record <= judged.free_units
                then ''
            else '; which devices serve it is not recorded'
        end,
        case
            when judged.is_planned then ''
            else '; no IMRT plan of the course was supplied'
        end
    ) as because
from judged
