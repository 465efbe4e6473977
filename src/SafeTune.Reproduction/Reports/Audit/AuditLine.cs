namespace SafeTune.Reproduction.Reports.Audit;

/// <summary>A figure that the paper prints, and the same calculated from its tables or counted from its models' shapes.</summary>
public sealed record AuditLine(string Figure, string Printed, string Calculated, bool Agrees, string How);
