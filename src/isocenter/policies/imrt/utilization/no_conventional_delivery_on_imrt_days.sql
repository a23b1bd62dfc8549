-- title:        Conventional delivery is not billed on a day of IMRT or under codes that the policy does not list
-- fault:        Conventional delivery is billed on a day of IMRT
-- requirements: DEL-1, UTIL-1
-- cites:        G6015-G6016, paragraph 1
-- judges:       claim_line
-- spans_courses: yes
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     imrt_delivery_if_planned
-- consequence:  review
-- remedy:       Show why two deliveries were needed on one day.

select
    conventional_delivery_lines.claim_line_id as subject_id,
    case
        when deliveries_on_imrt_days.claim_line_id is null then 'met'
        when deliveries_on_imrt_days.is_certain then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'conventional delivery on ', conventional_delivery_lines.service_date, '; IMRT of the same member on that day: ',
        coalesce(deliveries_on_imrt_days.procedure_code, 'none'),
        case
            when deliveries_on_imrt_days.is_certain or deliveries_on_imrt_days.claim_line_id is null then ''
            else ', if that is one of the days for which its units were billed'
        end
    ) as because
from conventional_delivery_lines
left join deliveries_on_imrt_days on conventional_delivery_lines.claim_line_id = deliveries_on_imrt_days.claim_line_id
where
    conventional_delivery_lines.member_id in (select imrt_days.member_id from imrt_days)
