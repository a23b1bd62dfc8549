-- title: What plan and history show of each condition: the measure supports it, contradicts it or leaves it open

select
    signs_of_proximity.course_id,
    'condition_proximity' as condition,
    signs_of_proximity.evidence,
    signs_of_proximity.shown
from signs_of_proximity

union all

select
    signs_of_narrow_margins.course_id,
    'condition_narrow_margins' as condition,
    signs_of_narrow_margins.evidence,
    signs_of_narrow_margins.shown
from signs_of_narrow_margins

union all

select
    signs_of_prior_irradiation.course_id,
    'condition_prior_irradiation' as condition,
    signs_of_prior_irradiation.evidence,
    signs_of_prior_irradiation.shown
from signs_of_prior_irradiation

union all

select
    signs_of_concavity.course_id,
    'condition_concavity' as condition,
    signs_of_concavity.evidence,
    signs_of_concavity.shown
from signs_of_concavity

union all

select
    signs_of_escalation.course_id,
    'condition_dose_escalation' as condition,
    signs_of_escalation.evidence,
    signs_of_escalation.shown
from signs_of_escalation
