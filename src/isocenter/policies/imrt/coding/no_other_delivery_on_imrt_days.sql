-- title:        No other delivery is paid on a day of IMRT
-- fault:        Another delivery is billed on a day of IMRT
-- requirements: DEL-1, DEL-2
-- cites:        G6015-G6016, paragraph 1
-- judges:       claim_line
-- spans_courses: yes
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Correct the date of the other delivery, or withdraw it.
-- carc:         97

select
    coded_lines.claim_line_id as subject_id,
    case
        when imrt_days.member_id is not null then 'not_met'
        when imrt_days.member_id is null then 'met'
    end as outcome,
    concat(
        'other delivery on ', coded_lines.service_date, '; IMRT of the same member on that day: ',
        coalesce(imrt_days.procedure_code, 'none')
    ) as because
from coded_lines
left join imrt_days
    on
        coded_lines.member_id = imrt_days.member_id
        and coded_lines.service_date = imrt_days.service_date
where
    coded_lines.code_list = 'other_delivery'
    and coded_lines.member_id in (select imrt_days.member_id from imrt_days)
