-- title:        The physician claims one device per gantry stop for the multileaf collimator, six at most
-- fault:        More of the physician's devices are billed than gantry stops, or than six
-- requirements: DEV-3
-- cites:        77332-77334, paragraph 3
-- judges:       claim_line
-- needs:        claim_lines
-- rests_on:     itself, treatment_device, brachytherapy_delivery, conventional_delivery, imrt_delivery_if_planned, other_delivery, proton_delivery, special_delivery
-- consequence:  reduce
-- remedy:       Send the number of gantry stops of the plan, or the record of a device that serves another modality.
-- asks:         device_record
-- carc:         151

with

shown as (

    select
        other_modalities.course_id,
        min(other_modalities.shown_by) as shown_by
    from other_modalities
    group by other_modalities.course_id

),

-- What a record gives to another modality takes no room.
physician_lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        coded_lines.units,
        documented_units.units_documented as units_apart,
        coded_lines.units - documented_units.units_documented as units_counted,
        sum(coded_lines.units - documented_units.units_documented) over (
            partition by coded_lines.course_id
            order by coded_lines.service_date, coded_lines.claim_line_id
        ) as units_so_far
    from coded_lines
    inner join documented_units
        on
            coded_lines.claim_line_id = documented_units.claim_line_id
            and documented_units.purpose = 'other_modality'
    where
        coded_lines.code_list = 'treatment_device'
        and not coded_lines.is_distinct_service
        and coded_lines.is_professional_component
        and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)

),

limits as (

    select
        max(case when readings.name = 'device_units_per_course' then readings.number end) as most,
        max(case when readings.name = 'device_units_where_stops_are_unknown' then readings.number end) as most_unknown
    from readings
    where readings.name in ('device_units_per_course', 'device_units_where_stops_are_unknown')

),

caps as (

    select
        physician_lines.*,
        gantry_stops_of_courses.gantry_stops,
        gantry_stops_of_courses.gantry_stops_at_most,
        gantry_stops_of_courses.counted_in,
        coalesce(gantry_stops_of_courses.unread_count, '') as unread_count,
        cast(
            case
                when gantry_stops_of_courses.gantry_stops is not null
                    then least(limits.most, gantry_stops_of_courses.gantry_stops)
                -- Every plan has one stop; how many more there are was stated and cannot be read.
                when gantry_stops_of_courses.unread_count <> '' then 1
                else least(limits.most, limits.most_unknown)
            end as bigint
        ) as cap,
        cast(
            least(limits.most, coalesce(gantry_stops_of_courses.gantry_stops_at_most, limits.most)) as bigint
        ) as cap_at_most
    from physician_lines
    left join gantry_stops_of_courses on physician_lines.course_id = gantry_stops_of_courses.course_id
    cross join limits

),

judged as (

    select
        caps.*,
        caps.units_apart
        + greatest(0, least(caps.units_counted, caps.cap - caps.units_so_far + caps.units_counted)) as units_shown,
        caps.units_apart
        + greatest(
            0, least(caps.units_counted, caps.cap_at_most - caps.units_so_far + caps.units_counted)
        ) as units_allowed
    from caps

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.units_shown >= judged.units then 'met'
        when shown.course_id is null and judged.units_allowed < judged.units then 'not_met'
        else 'not_documented'
    end as outcome,
    case
        when judged.units_counted = 0
            then concat('the record of the device of ', judged.service_date, ' names another modality')
        else concat(
            cast(judged.units_so_far as bigint),
            case when judged.units_so_far = 1 then ' device unit' else ' device units' end,
            ' of the physician in the course up to ', judged.service_date,
            '; at most ', judged.cap, case when judged.cap = 1 then ' is' else ' are' end, ' allowed, ',
            case
                when judged.unread_count <> ''
                    then concat('and the chart states the number of portals as ', judged.unread_count, ', not in digits')
                when judged.gantry_stops is null then 'the gantry stops of the plan are not known'
                else concat(
                    case when judged.counted_in = 'plan' then 'the plan has ' else 'the chart describes ' end,
                    judged.gantry_stops, case when judged.gantry_stops = 1 then ' gantry stop' else ' gantry stops' end
                )
            end,
            case
                when judged.gantry_stops_at_most > judged.gantry_stops
                    then concat(', and ', judged.gantry_stops_at_most, ' in all its descriptions together')
                else ''
            end,
            case
                when shown.course_id is null or judged.units_shown >= judged.units then ''
                else concat('; which of them serve the other modality (', shown.shown_by, ') is not recorded')
            end,
            case
                when successor.code is null then ''
                else concat('; since ', successor.valid_from, ' code ', successor.code, ' covers this work')
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
