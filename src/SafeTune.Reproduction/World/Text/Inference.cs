namespace SafeTune.Reproduction.World.Text;

/// <summary>How a second statement stands to a first one.</summary>
internal enum Relation
{
    Follows,
    Open,
    Denied,
}

/// <summary>Draws what stands in a given relation to a premise. To premises of which half are denied, no word of it tells which relation: denials are as frequent, and words as likely, in all three.</summary>
internal sealed class Inference(Chance chance)
{
    private readonly Mind mind = new(chance);

    /// <summary>A meaning that stands in that relation to the premise.</summary>
    public Meaning Hypothesis(Meaning premise, Relation relation)
    {
        Meaning content = relation == Relation.Open ? mind.Changed(premise) with { IsNegated = chance.Coin() }
            : relation == Relation.Denied ? premise.Negated()
            : premise;
        return content switch
        {
            // What is big is not small; what is not big need not be small.
            State state when (!premise.IsNegated || relation == Relation.Open) && chance.Coin() => state with { IsOpposite = !state.IsOpposite, IsNegated = !state.IsNegated },
            // Who bought a car bought a vehicle; who bought no car may have bought another vehicle.
            Deed { Patient.IsAlive: false } deed when !premise.IsNegated && chance.Percent(40) => Lifted(deed, (Deed)premise, relation),
            // The place of a denied deed is left in: nothing follows from less.
            Deed deed when !premise.IsNegated && chance.Coin() => deed with { Place = null },
            _ => content,
        };
    }

    private Deed Lifted(Deed deed, Deed premise, Relation relation) => relation == Relation.Open && deed.Patient.Kind == premise.Patient.Kind && deed.Agent == premise.Agent && deed.Verb == premise.Verb
        ? deed with { Patient = chance.Of<Noun>([.. Lexicon.Objects.Where(thing => thing.Kind != premise.Patient.Kind)]), Class = true }
        : deed with { Class = true };
}
