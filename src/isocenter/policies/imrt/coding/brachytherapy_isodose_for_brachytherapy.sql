-- title:        A brachytherapy isodose plan in a course of IMRT serves a separate brachytherapy
-- fault:        A brachytherapy isodose plan is billed and no brachytherapy is shown
-- requirements: ISO-2
-- cites:        77316-77318, paragraph 1
-- judges:       claim_line
-- needs:        claim_lines
-- consequence:  deny
-- remedy:       Send the claim or the document that shows the brachytherapy, or withdraw the isodose plan.
-- asks:         other_modality
-- carc:         97
-- rarc:         M15

with

shown as (

    select
        other_modalities.course_id,
        min(other_modalities.shown_by) as shown_by
    from other_modalities
    where other_modalities.modality = 'brachytherapy'
    group by other_modalities.course_id

)

select
    coded_lines.claim_line_id as subject_id,
    case when shown.course_id is not null then 'met' else 'not_documented' end as outcome,
    concat(
        'isodose plan on ', coded_lines.service_date, ' in a course of IMRT; brachytherapy beside it: ',
        coalesce(shown.shown_by, 'none shown')
    ) as because
from coded_lines
left join shown on coded_lines.course_id = shown.course_id
where
    coded_lines.code_list = 'brachytherapy_isodose'
    and coded_lines.course_id in (select imrt_courses.course_id from imrt_courses)
