-- title:        The physician reviews image guidance, above all a shift beyond tolerance
-- fault:        The physician did not review the image guidance in time
-- requirements: IGRT-3, SYS-7
-- cites:        IGRT, paragraph 1, sentence 6
-- judges:       claim_line
-- needs:        claim_lines, image_guidance
-- consequence:  review
-- remedy:       Send the physician's dated review of that day's images and shift.

with

-- The day's set-ups of the course, as the record of image guidance holds them.
days as (

    select
        image_guidance.course_id,
        image_guidance.guided_on,
        count(*) as set_ups,
        max(case when image_guidance.shift_mm > image_guidance.tolerance_mm then image_guidance.shift_mm end)
            as shift_beyond_mm,
        max(image_guidance.tolerance_mm) as tolerance_mm,
        count(case
            when
                image_guidance.reviewed_by_role in ('treating_physician', 'radiation_oncologist')
                and image_guidance.reviewed_on >= image_guidance.guided_on
                and (
                    delivery_spans.last_delivery is null
                    or image_guidance.reviewed_on <= delivery_spans.last_delivery
                    or image_guidance.reviewed_on <= image_guidance.guided_on + cast(readings.number as integer)
                )
                then 1
        end) as reviewed,
        min(case when image_guidance.reviewed_on < image_guidance.guided_on then image_guidance.reviewed_on end)
            as reviewed_before_on,
        max(case
            when
                image_guidance.reviewed_on > delivery_spans.last_delivery
                and image_guidance.reviewed_on > image_guidance.guided_on + cast(readings.number as integer)
                then image_guidance.reviewed_on
        end) as reviewed_after_end_on,
        count(case
            when
                image_guidance.reviewed_on > delivery_spans.last_delivery
                and image_guidance.reviewed_on > image_guidance.guided_on + cast(readings.number as integer)
                and image_guidance.shift_mm > image_guidance.tolerance_mm
                then 1
        end) as reviewed_too_late,
        max(delivery_spans.last_delivery) as last_delivery,
        count(case
            when
                image_guidance.reviewed_by_role not in ('', 'treating_physician', 'radiation_oncologist')
                and image_guidance.shift_mm > image_guidance.tolerance_mm
                then 1
        end) as left_to_others
    from image_guidance
    inner join readings on readings.name = 'guidance_review_days'
    left join delivery_spans on image_guidance.course_id = delivery_spans.course_id
    group by image_guidance.course_id, image_guidance.guided_on

)

select
    image_guidance_lines.claim_line_id as subject_id,
    case
        when days.course_id is null then 'not_documented'
        when days.left_to_others > 0 or days.reviewed_too_late > 0 then 'not_met'
        when days.reviewed < days.set_ups then 'not_documented'
        when days.reviewed >= days.set_ups then 'met'
    end as outcome,
    case
        when days.course_id is null then 'no set-up of that day is on record'
        else concat(
            'set-ups on record: ', days.set_ups, ', reviewed in time by the physician: ', days.reviewed,
            case
                when days.shift_beyond_mm is null then ''
                else concat(
                    '; a shift of ', printf('%.1f', floor(days.shift_beyond_mm * 10 + 0.5) / 10),
                    ' mm went beyond the tolerance of ',
                    printf('%.1f', floor(days.tolerance_mm * 10 + 0.5) / 10), ' mm'
                )
            end,
            case
                when days.reviewed_before_on is null then ''
                else concat('; a review is dated ', days.reviewed_before_on, ', before the set-up of ', days.guided_on)
            end,
            case
                when days.reviewed_after_end_on is null then ''
                else concat(
                    '; a review is dated ', days.reviewed_after_end_on, ', after the last fraction on ',
                    days.last_delivery
                )
            end,
            case
                when days.left_to_others > 0 then ', and its review was left to someone else than the physician'
                else ''
            end
        )
    end as because
from image_guidance_lines
left join days
    on
        image_guidance_lines.course_id = days.course_id
        and image_guidance_lines.service_date = days.guided_on
