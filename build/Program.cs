using Build;
using Cake.Frosting;
using Microsoft.Extensions.DependencyInjection;

var closing = new ClosingLine();
var exitCode = new CakeHost()
    .ConfigureServices(services => services.AddSingleton(closing))
    .UseContext<BuildContext>()
    .Run(args);
closing.Print();
return exitCode;
