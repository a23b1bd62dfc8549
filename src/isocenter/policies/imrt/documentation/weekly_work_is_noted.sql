-- title:        Each unit of weekly management and of weekly physics has its signed note
-- fault:        A unit of weekly management or weekly physics has no signed note
-- requirements: REC-3, MGMT-1, PHYS-1
-- cites:        documentation, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the signed note of that week: the physician's review for treatment management, the physicist's check for weekly physics.
-- asks:         weekly_management_note for weekly_management, weekly_physics_check for continuing_physics

select
    documented_units.claim_line_id as subject_id,
    case when documented_units.units_documented >= documented_units.units then 'met' else 'not_documented' end
        as outcome,
    concat(
        documented_units.units, case when documented_units.units = 1 then ' unit' else ' units' end, ' of ',
        case
            when documented_units.purpose = 'weekly_management' then 'treatment management'
            else 'weekly physics'
        end,
        ' on this line; notes for this line and similar ones, signed by the ',
        case when documented_units.purpose = 'weekly_management' then 'physician' else 'physicist' end, ': ',
        documented_units.records,
        '; units of this line that they cover: ', documented_units.units_documented
    ) as because
from documented_units
where
    documented_units.purpose in ('weekly_management', 'continuing_physics')
    and documented_units.course_id in (select courses_under_review.course_id from courses_under_review)
