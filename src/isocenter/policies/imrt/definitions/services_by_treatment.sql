-- title: Weekly services, each with whether treatment had begun on its day, or by the last day of its block

select
    coded_lines.claim_line_id,
    coded_lines.course_id,
    coded_lines.code_list,
    coded_lines.service_date,
    case
        when
            coalesce(coded_lines.last_service_date, coded_lines.service_date) >= treatment_starts.first_delivery
            then 'met'
        when
            treatment_starts.begins_at_hand
            and coalesce(coded_lines.last_service_date, coded_lines.service_date) < treatment_starts.may_begin_on
            then 'not_met'
        else 'not_documented'
    end as outcome,
    case
        when treatment_starts.first_delivery is null then 'no delivery is recorded or billed'
        when
            coalesce(coded_lines.last_service_date, coded_lines.service_date) < treatment_starts.first_delivery
            and coalesce(coded_lines.last_service_date, coded_lines.service_date) >= treatment_starts.may_begin_on
            then concat(
                'first delivery on ', treatment_starts.first_delivery,
                '; more fractions are billed for one day than a day has, and some may have been given from ',
                treatment_starts.may_begin_on, ' on'
            )
        when
            coalesce(coded_lines.last_service_date, coded_lines.service_date) >= treatment_starts.first_delivery
            or treatment_starts.begins_at_hand
            then concat('first delivery on ', treatment_starts.first_delivery)
        else concat(
            'first delivery among the claims on ', treatment_starts.first_delivery,
            ', and nothing supplied shows that treatment began then'
        )
    end as treatment
from coded_lines
left join treatment_starts on coded_lines.course_id = treatment_starts.course_id
where coded_lines.code_list in ('weekly_management', 'continuing_physics')
