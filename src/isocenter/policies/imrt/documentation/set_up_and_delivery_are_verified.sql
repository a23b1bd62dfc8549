-- title:        Set-up and delivery are verified by dosimetry, signed by radiation oncologist and medical physicist
-- requirements: IMRT-8
-- cites:        77301, paragraph 2, item 4
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the dosimetric verification of set-up and delivery with the signatures of both the radiation oncologist and the medical physicist.
-- asks:         dosimetric_verification

with

verified as (

    select
        stated_elements.course_id,
        max(case when stated_elements.element = 'setup_verified' then 1 else 0 end) as is_setup_verified,
        max(case when stated_elements.element = 'delivery_verified' then 1 else 0 end) as is_delivery_verified,
        max(case
            when stated_elements.is_signed_by_oncologist and stated_elements.element = 'setup_verified' then 1
            else 0
        end) as oncologist_signed_setup,
        max(case
            when stated_elements.is_signed_by_oncologist and stated_elements.element = 'delivery_verified' then 1
            else 0
        end) as oncologist_signed_delivery,
        max(case
            when stated_elements.is_signed_by_physicist and stated_elements.element = 'setup_verified' then 1
            else 0
        end) as physicist_signed_setup,
        max(case
            when stated_elements.is_signed_by_physicist and stated_elements.element = 'delivery_verified' then 1
            else 0
        end) as physicist_signed_delivery
    from stated_elements
    where stated_elements.kind = 'dosimetric_verification'
    group by stated_elements.course_id

)

select
    courses_under_review.course_id as subject_id,
    case
        when
            verified.oncologist_signed_setup = 1
            and verified.oncologist_signed_delivery = 1
            and verified.physicist_signed_setup = 1
            and verified.physicist_signed_delivery = 1
            then 'met'
        else 'not_documented'
    end as outcome,
    case
        when verified.course_id is null then 'the chart holds no dosimetric verification'
        when verified.is_setup_verified = 0 then 'the verification does not speak of the set-up'
        when verified.is_delivery_verified = 0 then 'the verification does not speak of the delivery'
        else concat(
            'set-up and delivery are verified; signed by the radiation oncologist: ',
            case
                when verified.oncologist_signed_setup = 1 and verified.oncologist_signed_delivery = 1 then 'yes'
                else 'no'
            end,
            ', by the medical physicist: ',
            case
                when verified.physicist_signed_setup = 1 and verified.physicist_signed_delivery = 1 then 'yes'
                else 'no'
            end
        )
    end as because
from courses_under_review
left join verified on courses_under_review.course_id = verified.course_id
