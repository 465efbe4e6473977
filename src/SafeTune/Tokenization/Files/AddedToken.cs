namespace SafeTune.Tokenization;

/// <summary>A token that is matched as a whole before the text is cut into words: a special one, or one that a user added.</summary>
/// <param name="Text">As it is spelled.</param>
/// <param name="Id">Its id; below 0 while no file has said it.</param>
internal sealed record AddedToken(string Text, int Id)
{
    /// <summary>Blanks before it belong to it (lstrip).</summary>
    public bool TakesBlanksBefore { get; init; }

    /// <summary>Blanks after it belong to it (rstrip).</summary>
    public bool TakesBlanksAfter { get; init; }

    /// <summary>It is matched only where no letter, number or underscore touches it (single_word).</summary>
    public bool IsWord { get; init; }

    /// <summary>It is matched in the normalised text, itself normalised: in lower case for an uncased BERT (normalized).</summary>
    public bool IsNormalized { get; init; }

    /// <summary>It marks structure.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Whether both are matched alike, whatever their ids are.</summary>
    public bool MatchesAs(AddedToken other) =>
        TakesBlanksBefore == other.TakesBlanksBefore && TakesBlanksAfter == other.TakesBlanksAfter && IsWord == other.IsWord && (IsNormalized == other.IsNormalized || (IsSpecial && other.IsSpecial));
}

/// <summary>What a file says about a token.</summary>
/// <param name="Token">The token.</param>
/// <param name="Path">The file, named in errors.</param>
/// <param name="IsPlain">Only the text was there: how it is matched is left to the tokenizer's kind.</param>
internal sealed record DeclaredToken(AddedToken Token, string Path, bool IsPlain);
