-- title: Billed plans of each course with what supports or speaks against a further one

select
    plan_allowances.*,
    case
        when plan_allowances.units_allowed >= plan_allowances.units then 'met'
        when plan_allowances.has_two_reasons then 'not_documented'
        when plan_allowances.is_field_change then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        'of the course on ', plan_allowances.service_date,
        '; changes of anatomy during treatment with a repeat planning CT documented by then: ',
        plan_allowances.changes_by_then,
        case
            when plan_allowances.units_allowed >= plan_allowances.units then ''
            when plan_allowances.has_two_reasons
                then '; the chart also names a cone-down or a changed field size, without saying for which plan'
            when plan_allowances.is_field_change
                then '; the chart names a cone-down or a changed field size as its reason'
            when plan_allowances.changes_by_then > 0 then '; each change supports one plan'
            when uncounted_changes.document_date is not null
                then concat(
                    '; the note ', uncounted_changes.document_id, ' of ', uncounted_changes.document_date,
                    ' does not count: ', uncounted_changes.lacks
                )
            when uncounted_changes.document_id is not null
                then concat('; the note ', uncounted_changes.document_id, ' does not count: ', uncounted_changes.lacks)
            else ''
        end
    ) as basis
from plan_allowances
left join uncounted_changes on plan_allowances.course_id = uncounted_changes.course_id
