-- title:        Conventional delivery is not billed on a day of IMRT, nor under codes that the policy does not list
-- fault:        Conventional delivery is billed on a day of IMRT
-- requirements: DEL-1, UTIL-1
-- cites:        G6015-G6016, paragraph 1
-- judges:       claim_line
-- spans_courses: yes
-- formal:       yes
-- needs:        claim_lines
-- consequence:  review
-- remedy:       Show why two deliveries were needed on one day.

select
    conventional_delivery_lines.claim_line_id as subject_id,
    case
        when imrt_days.member_id is not null then 'not_met'
        when imrt_days.member_id is null then 'met'
    end as outcome,
    concat(
        'conventional delivery on ', conventional_delivery_lines.service_date,
        '; IMRT of the same member on that day: ',
        coalesce(imrt_days.procedure_code, 'none')
    ) as because
from conventional_delivery_lines
left join imrt_days
    on
        conventional_delivery_lines.member_id = imrt_days.member_id
        and conventional_delivery_lines.service_date = imrt_days.service_date
where
    conventional_delivery_lines.member_id in (select imrt_days.member_id from imrt_days)
