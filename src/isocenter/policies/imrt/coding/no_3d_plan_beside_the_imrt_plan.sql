-- title:        A 3D plan is billed beside the IMRT plan of a course only where the anatomy changed
-- fault:        A 3D plan is billed beside the IMRT plan
-- requirements: IMRT-4
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  reduce
-- remedy:       Send the physician's signed and dated note of the change of anatomy during treatment and of the repeat planning CT, or withdraw the 3D plan.
-- asks:         anatomy_change
-- carc:         97
-- rarc:         M15

select
    plan_allowances.claim_line_id as subject_id,
    case
        when plan_allowances.units_allowed >= plan_allowances.units then 'met'
        when plan_allowances.is_field_change then 'not_met'
        else 'not_documented'
    end as outcome,
    concat(
        '3D plan ', plan_allowances.units_so_far, ' of the course on ', plan_allowances.service_date,
        '; changes of anatomy during treatment with a repeat planning CT documented by then: ',
        plan_allowances.changes_by_then,
        case
            when plan_allowances.units_allowed >= plan_allowances.units then ''
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
    ) as because,
    plan_allowances.units_allowed
from plan_allowances
left join uncounted_changes on plan_allowances.course_id = uncounted_changes.course_id
where plan_allowances.code_list = 'plan_3d'
