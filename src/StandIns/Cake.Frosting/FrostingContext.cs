using Cake.Core;

namespace Cake.Frosting;

/// <summary>A context that the host can hand to targets.</summary>
public interface IFrostingContext : ICakeContext;

/// <summary>The context to derive a build's own from.</summary>
public class FrostingContext(ICakeContext context) : CakeContextAdapter(context), IFrostingContext;
