-- title:        No other delivery is paid on a day of IMRT
-- fault:        Another delivery is billed on a day of IMRT
-- requirements: DEL-1, DEL-2
-- cites:        G6015-G6016, paragraph 1
-- judges:       claim_line
-- spans_courses: yes
-- needs:        claim_lines
-- rests_on:     imrt_delivery_if_planned
-- consequence:  deny
-- remedy:       Correct the date of the other delivery, or withdraw it.
-- carc:         97
-- rarc:         M80

select
    coded_lines.claim_line_id as subject_id,
    case
        when deliveries_on_imrt_days.claim_line_id is null then 'met'
        when deliveries_on_imrt_days.is_certain then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'other delivery on ', coded_lines.service_date, '; IMRT of the same member on that day: ',
        coalesce(deliveries_on_imrt_days.procedure_code, 'none'),
        case
            when deliveries_on_imrt_days.is_certain or deliveries_on_imrt_days.claim_line_id is null then ''
            else ', if that is one of the days for which its units were billed'
        end
    ) as because
from coded_lines
left join deliveries_on_imrt_days on coded_lines.claim_line_id = deliveries_on_imrt_days.claim_line_id
where
    coded_lines.code_list = 'other_delivery'
    and coded_lines.member_id in (select imrt_days.member_id from imrt_days)
