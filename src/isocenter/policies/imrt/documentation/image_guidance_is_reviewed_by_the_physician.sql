-- title:        The physician reviews image guidance, above all a shift beyond tolerance
-- fault:        The physician did not review the image guidance in time
-- requirements: IGRT-3, SYS-7
-- cites:        IGRT, paragraph 1, sentence 6
-- judges:       claim_line
-- needs:        claim_lines, image_guidance
-- consequence:  review
-- remedy:       Send the physician's dated review of that day's images and shift.

with

limits as (

    select
        max(case when readings.name = 'guidance_review_days' then cast(readings.number as integer) end) as days,
        max(case when readings.name = 'fractions_per_management_unit' then readings.number end) as fractions
    from readings
    where readings.name in ('guidance_review_days', 'fractions_per_management_unit')

),

-- Days of treatment between a set-up and its review.
waits as (

    select
        image_guidance.course_id,
        image_guidance.guided_on,
        image_guidance.reviewed_on,
        count(distinct treatment_days.treated_on) as treatment_days
    from image_guidance
    left join treatment_days
        on
            image_guidance.course_id = treatment_days.course_id
            and treatment_days.treated_on > image_guidance.guided_on
            and treatment_days.treated_on < image_guidance.reviewed_on
    where image_guidance.reviewed_on is not null
    group by image_guidance.course_id, image_guidance.guided_on, image_guidance.reviewed_on

),

-- A review in time precedes the sixth fraction after the set-up, or follows the set-up within days.
set_ups as (

    select
        image_guidance.*,
        delivery_spans.last_delivery,
        image_guidance.shift_mm > image_guidance.tolerance_mm as is_beyond,
        image_guidance.reviewed_on < image_guidance.guided_on as is_reviewed_before,
        coalesce(
            image_guidance.reviewed_on >= image_guidance.guided_on
            and (
                image_guidance.reviewed_on <= image_guidance.guided_on + limits.days
                or (
                    image_guidance.reviewed_on <= delivery_spans.last_delivery
                    and waits.treatment_days < limits.fractions
                )
            ),
            false
        ) as is_reviewed_in_time,
        waits.treatment_days
    from image_guidance
    cross join limits
    left join delivery_spans on image_guidance.course_id = delivery_spans.course_id
    left join waits
        on
            image_guidance.course_id = waits.course_id
            and image_guidance.guided_on = waits.guided_on
            and image_guidance.reviewed_on = waits.reviewed_on

),

late_reviews as (

    select set_ups.*
    from set_ups
    where not set_ups.is_reviewed_in_time and set_ups.reviewed_on > set_ups.guided_on

),

latest_of_days as (

    select
        late_reviews.course_id,
        late_reviews.guided_on,
        max(late_reviews.reviewed_on) as reviewed_on,
        max(late_reviews.treatment_days) as treatment_days,
        count(case when late_reviews.reviewed_on > late_reviews.last_delivery then 1 end) as after_the_end,
        count(case
            when late_reviews.reviewed_on > late_reviews.last_delivery and late_reviews.is_beyond then 1
        end) as beyond_after_the_end
    from late_reviews
    group by late_reviews.course_id, late_reviews.guided_on

),

-- The day's set-ups of the course, as the record of image guidance holds them.
days as (

    select
        set_ups.course_id,
        set_ups.guided_on,
        count(*) as set_ups,
        max(case when set_ups.is_beyond then set_ups.shift_mm end) as shift_beyond_mm,
        min(case when set_ups.is_beyond then set_ups.tolerance_mm end) as tolerance_mm,
        count(case
            when
                set_ups.reviewed_by_role in ('treating_physician', 'radiation_oncologist')
                and set_ups.is_reviewed_in_time
                then 1
        end) as reviewed,
        min(case when set_ups.is_reviewed_before then set_ups.reviewed_on end) as reviewed_before_on,
        max(set_ups.last_delivery) as last_delivery,
        count(case
            when
                set_ups.reviewed_by_role not in ('', 'treating_physician', 'radiation_oncologist')
                and set_ups.is_beyond
                then 1
        end) as left_to_others
    from set_ups
    group by set_ups.course_id, set_ups.guided_on

)

select
    image_guidance_lines.claim_line_id as subject_id,
    case
        when days.course_id is null then 'not_documented'
        when days.left_to_others > 0 or latest_of_days.beyond_after_the_end > 0 then 'not_met'
        when days.reviewed < days.set_ups then 'not_documented'
        when days.reviewed >= days.set_ups then 'met'
    end as outcome,
    case
        when days.course_id is null then 'no set-up of that day is on record'
        else concat(
            'set-ups on record: ', days.set_ups, ', reviewed in time by the physician: ', days.reviewed,
            case
                when days.shift_beyond_mm is null then ''
                when
                    floor(days.shift_beyond_mm * 10 + 0.5) = floor(days.tolerance_mm * 10 + 0.5)
                    then concat(
                        '; a shift of ', printf('%.2f', floor(days.shift_beyond_mm * 100 + 0.5) / 100),
                        ' mm went beyond the tolerance of ',
                        printf('%.2f', floor(days.tolerance_mm * 100 + 0.5) / 100), ' mm by less than 0.1 mm'
                    )
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
                when latest_of_days.course_id is null then ''
                when latest_of_days.after_the_end > 0
                    then concat(
                        '; a review is dated ', latest_of_days.reviewed_on, ', after the last fraction on ',
                        days.last_delivery
                    )
                else concat(
                    '; a review is dated ', latest_of_days.reviewed_on, ', after ', latest_of_days.treatment_days,
                    ' more days of treatment'
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
left join latest_of_days
    on
        days.course_id = latest_of_days.course_id
        and days.guided_on = latest_of_days.guided_on
