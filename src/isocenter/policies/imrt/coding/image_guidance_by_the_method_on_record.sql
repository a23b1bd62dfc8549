-- title:        Image guidance is billed by the method that the record of the day shows
-- fault:        Image guidance is billed by a method that the record does not show
-- requirements: UTIL-4
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, image_guidance
-- rests_on:     itself
-- consequence:  review
-- remedy:       Bill the code of the method that was used, or send the record of the set-up by the method billed.

select
    supervised_set_ups.claim_line_id as subject_id,
    case
        when supervised_set_ups.set_ups_by_method > 0 then 'met'
        when supervised_set_ups.set_ups > 0 or supervised_set_ups.set_ups_of_the_day = 0 then 'not_documented'
        when supervised_set_ups.set_ups_of_the_day > 0 then 'not_met'
    end as outcome,
    concat(
        supervised_set_ups.procedure_code, ' billed on ', supervised_set_ups.service_date,
        ' is guidance by ', supervised_set_ups.method_in_words, '; ',
        case
            when supervised_set_ups.set_ups_by_method > 0
                then concat('set-ups of that day by this method on record: ', supervised_set_ups.set_ups_by_method)
            when supervised_set_ups.set_ups > 0
                then concat(
                    'set-ups of that day on record: ', supervised_set_ups.set_ups_of_the_day,
                    ', by this method: 0, without a method: ', supervised_set_ups.set_ups
                )
            when supervised_set_ups.set_ups_of_the_day > 0
                then concat('the record of that day shows ', supervised_set_ups.other_method)
            else 'no set-up of that day is on record'
        end
    ) as because
from supervised_set_ups
where supervised_set_ups.course_id in (select courses_under_review.course_id from courses_under_review)
