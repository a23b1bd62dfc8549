-- title:        Type of bill and revenue code change nothing
-- requirements: CODE-3
-- cites:        coding, heading
-- judges:       course
-- needs:        claim_lines
-- consequence:  inform
-- remedy:       Nothing to correct.

select
    claim_lines.course_id as subject_id,
    'met' as outcome,
    concat(
        count(*), ' claim lines were judged for coverage by the same rules whatever their type of bill or revenue code, ',
        'also where they have none'
    ) as because
from claim_lines
group by claim_lines.course_id
