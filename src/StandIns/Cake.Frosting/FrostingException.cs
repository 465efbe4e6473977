namespace Cake.Frosting;

/// <summary>The host was composed wrongly.</summary>
public class FrostingException(string message) : Exception(message);
