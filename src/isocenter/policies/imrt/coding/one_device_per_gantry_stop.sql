-- title:        The physician claims one device per gantry stop for the multileaf collimator, six at most
-- requirements: DEV-3
-- cites:        77332-77334, paragraph 3
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  reduce
-- remedy:       Show the gantry stops of the plan, or the record of a device that serves another modality.
-- asks:         device_record

with

stops as (

    select
        plans.course_id,
        sum(
            coalesce(plans.gantry_stops, 0)
            + coalesce(plans.arcs, 0)
            * (select readings.number from readings where readings.name = 'gantry_stops_per_arc')
        ) as gantry_stops
    from plans
    where
        coalesce(plans.is_imrt, true)
        and plans.approval <> 'REJECTED'
        and coalesce(plans.gantry_stops, plans.arcs) is not null
    group by plans.course_id

),

for_another_modality as (

    select distinct line_statements.claim_line_id
    from line_statements
    where line_statements.kind = 'device_record' and line_statements.element = 'other_modality'

),

shown as (

    select
        other_modalities.course_id,
        min(other_modalities.shown_by) as shown_by
    from other_modalities
    group by other_modalities.course_id

),

physician_lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.units,
        for_another_modality.claim_line_id is not null as serves_another,
        sum(case when for_another_modality.claim_line_id is null then coded_lines.units else 0 end) over (
            partition by coded_lines.course_id
            order by coded_lines.service_date, coded_lines.claim_line_id
        ) as units_so_far
    from coded_lines
    left join for_another_modality on coded_lines.claim_line_id = for_another_modality.claim_line_id
    where
        coded_lines.code_list = 'treatment_device'
        and not coded_lines.is_distinct_service
        and coded_lines.is_professional_component
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

),

caps as (

    select
        physician_lines.claim_line_id,
        physician_lines.course_id,
        physician_lines.service_date,
        physician_lines.units,
        physician_lines.serves_another,
        cast(physician_lines.units_so_far as bigint) as units_so_far,
        cast(coalesce(stops.gantry_stops, -1) as bigint) as gantry_stops,
        cast(least(
            (select readings.number from readings where readings.name = 'device_units_per_course'),
            coalesce(
                stops.gantry_stops,
                (select readings.number from readings where readings.name = 'device_units_per_course')
            )
        ) as bigint) as cap
    from physician_lines
    left join stops on physician_lines.course_id = stops.course_id

),

judged as (

    select
        caps.*,
        case
            when caps.serves_another then caps.units
            else greatest(0, least(caps.units, caps.cap - caps.units_so_far + caps.units))
        end as units_allowed
    from caps

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.units_allowed >= judged.units then 'met'
        when shown.course_id is not null then 'not_documented'
        else 'not_met'
    end as outcome,
    case
        when judged.serves_another
            then concat('the record of the device of ', judged.service_date, ' names another modality')
        else concat(
            judged.units_so_far, ' device units of the physician in the course up to ', judged.service_date,
            '; ', judged.cap, ' are allowed, ',
            case
                when judged.gantry_stops < 0 then 'the gantry stops of the plan are not known'
                else concat('the plan has ', judged.gantry_stops, ' gantry stops')
            end,
            case
                when shown.course_id is null or judged.units_allowed >= judged.units then ''
                else concat('; which of them serve the other modality (', shown.shown_by, ') is not recorded')
            end,
            case
                when successor.code is null then ''
                else concat('; since ', successor.valid_from, ' code ', successor.code, ' carries this work')
            end
        )
    end as because,
    judged.units_allowed
from judged
left join shown on judged.course_id = shown.course_id
left join codes as successor
    on
        successor.code_list = 'multileaf_devices'
        and judged.service_date between successor.valid_from and successor.valid_to
