-- title:        Type of bill and revenue code change nothing
-- requirements: CODE-3
-- cites:        coding, paragraph 2
-- judges:       course
-- needs:        claim_lines
-- consequence:  inform
-- remedy:       Nothing to mend.

select
    claim_lines.course_id as subject_id,
    'met' as outcome,
    concat(
        count(*), ' claim lines were judged by the same rules whatever type of bill or revenue code they bear, ',
        'also where they bear none'
    ) as because
from claim_lines
group by claim_lines.course_id
